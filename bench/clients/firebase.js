import { initializeApp } from "firebase/app";
import { connectAuthEmulator, inMemoryPersistence, initializeAuth, signInWithEmailAndPassword } from "firebase/auth";
import { apiKey, password, service, signedIn, username } from "./page.js";

// As ours: the token stays in memory. `getAuth` would bring storage and pop-ups, and is larger.
const auth = initializeAuth(initializeApp({ apiKey }), { persistence: inMemoryPersistence });
// The one documented way to another address than Google's.
connectAuthEmulator(auth, service, { disableWarnings: true });
const { user } = await signInWithEmailAndPassword(auth, username, password);
signedIn(await user.getIdToken());
