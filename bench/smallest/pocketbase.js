import PocketBase from "pocketbase";

const users = new PocketBase("https://example.com").collection("users");
users.authWithPassword("u", "p").then(console.log, console.error);
