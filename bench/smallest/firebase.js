import { initializeApp } from "firebase/app";
import { initializeAuth, signInWithEmailAndPassword } from "firebase/auth";

// `getAuth` brings storage and pop-ups, and is larger.
const auth = initializeAuth(initializeApp({ apiKey: "k" }));
signInWithEmailAndPassword(auth, "u", "p").then(console.log, console.error);
