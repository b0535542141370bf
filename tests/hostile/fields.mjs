// The user model, written independently of the client: each path, the type of its value, and how to put a value there.

const strings = (...names) => names.map((name) => [name, "string"]);

const model = [
  ...strings("username", "createdAt", "updatedAt", "dob", "gender", "maritalStatus", "religion", "race", "ethnicity"),
  ...strings("confCode", "avatar", "profilePhoto", "ssn", "type"),
  ["active", "boolean"],
  ["age", "integer"],
  ["email", strings("primary", "secondary", "work", "other")],
  ["name", strings("prefix", "firstName", "middleName", "lastName", "maidenName", "suffix")],
  ["phoneNumber", strings("home", "mobile", "work", "other", "preferred")],
  [
    "addresses[]",
    [
      ...strings("type", "addressLine1", "addressLine2", "city", "state", "zipCode", "country"),
      [
        "geocode",
        [
          ["latitude", "number"],
          ["longitude", "number"],
        ],
      ],
    ],
  ],
  ["guardians[]", [...strings("guardianId", "relationship"), ["viewPhi", "boolean"]]],
  ["languages[]", strings("language", "languageMode")],
  ["socialIds[]", strings("network", "handle")],
  ["mrns[]", strings("institutionsId", "mrn")],
  ["healthPlans[]", strings("institutionsId", "type", "groupName", "groupId", "memberId")],
];

/**
 * The fields of an object. `wrap` makes the top-level member from such an object. The bad element of an array is its
 * third.
 */
const walk = (members, path, top, wrap) =>
  members.flatMap(([name, shape]) => {
    const list = name.endsWith("[]");
    const plain = list ? name.slice(0, -2) : name;
    const place = path ? `${path}.${plain}` : plain;
    const root = top ?? plain;
    const put = (value) => (path ? wrap({ [plain]: value }) : value);
    const field = (at, expected, make) => ({ path: at, top: root, expected, wrap: make });
    if (!Array.isArray(shape)) return [field(place, shape, put)];
    if (!list) return [field(place, "object", put), ...walk(shape, place, root, put)];
    const third = (value) => put([{}, {}, value]);
    return [
      field(place, "array", put),
      field(`${place}[2]`, "object", third),
      ...walk(shape, `${place}[2]`, root, third),
    ];
  });

/** `{ path, top, expected, wrap }`: with `wrap(value)` as the member `top` of a user, `value` is at `path`. */
export const fields = walk(model);
