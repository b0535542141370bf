// The user model of this package as a schema of valibot: unknown fields are kept, and `null` is the same as absent.
import { array, boolean, integer, looseObject, nullish, number, pipe, string, unknown } from "valibot";

const text = nullish(string());
const texts = (...names) => looseObject(Object.fromEntries(names.map((name) => [name, text])));

export const signedInUser = looseObject({
  usersId: string(),
  sessionToken: string(),
  username: text,
  active: nullish(boolean()),
  createdAt: text,
  updatedAt: text,
  email: nullish(texts("primary", "secondary", "work", "other")),
  name: nullish(texts("prefix", "firstName", "middleName", "lastName", "maidenName", "suffix")),
  extras: nullish(unknown()),
  phoneNumber: nullish(texts("home", "mobile", "work", "other", "preferred")),
  dob: text,
  age: nullish(pipe(number(), integer())),
  addresses: nullish(
    array(
      looseObject({
        type: text,
        addressLine1: text,
        addressLine2: text,
        city: text,
        state: text,
        zipCode: text,
        country: text,
        geocode: nullish(looseObject({ latitude: nullish(number()), longitude: nullish(number()) })),
      }),
    ),
  ),
  gender: text,
  maritalStatus: text,
  religion: text,
  race: text,
  ethnicity: text,
  guardians: nullish(array(looseObject({ guardianId: text, relationship: text, viewPhi: nullish(boolean()) }))),
  confCode: text,
  languages: nullish(array(texts("language", "languageMode"))),
  socialIds: nullish(array(texts("network", "handle"))),
  mrns: nullish(array(texts("institutionsId", "mrn"))),
  healthPlans: nullish(array(texts("institutionsId", "type", "groupName", "groupId", "memberId"))),
  avatar: text,
  profilePhoto: text,
  ssn: text,
  type: text,
});
