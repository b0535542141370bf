// Written by tests/model.rs: a user with every field that the Rust model has.
import type { User } from "catalyze-signin";
import type { Whole } from "./whole.js";

export const user = {
  "usersId": "text",
  "username": "text",
  "active": true,
  "createdAt": "text",
  "updatedAt": "text",
  "email": {
    "primary": "text",
    "secondary": "text",
    "work": "text",
    "other": "text"
  },
  "name": {
    "prefix": "text",
    "firstName": "text",
    "middleName": "text",
    "lastName": "text",
    "maidenName": "text",
    "suffix": "text"
  },
  "extras": {},
  "phoneNumber": {
    "home": "text",
    "mobile": "text",
    "work": "text",
    "other": "text",
    "preferred": "text"
  },
  "dob": "text",
  "age": 1,
  "addresses": [
    {
      "type": "text",
      "addressLine1": "text",
      "addressLine2": "text",
      "city": "text",
      "state": "text",
      "zipCode": "text",
      "country": "text",
      "geocode": {
        "latitude": 1.5,
        "longitude": 1.5
      }
    }
  ],
  "gender": "text",
  "maritalStatus": "text",
  "religion": "text",
  "race": "text",
  "ethnicity": "text",
  "guardians": [
    {
      "guardianId": "text",
      "relationship": "text",
      "viewPhi": true
    }
  ],
  "confCode": "text",
  "languages": [
    {
      "language": "text",
      "languageMode": "text"
    }
  ],
  "socialIds": [
    {
      "network": "text",
      "handle": "text"
    }
  ],
  "mrns": [
    {
      "institutionsId": "text",
      "mrn": "text"
    }
  ],
  "healthPlans": [
    {
      "institutionsId": "text",
      "type": "text",
      "groupName": "text",
      "groupId": "text",
      "memberId": "text"
    }
  ],
  "avatar": "text",
  "profilePhoto": "text",
  "ssn": "text",
  "type": "text"
} satisfies Whole<User>;
