import { initializeApp } from "firebase/app";
import { connectAuthEmulator, inMemoryPersistence, initializeAuth, signInWithEmailAndPassword } from "firebase/auth";

export const connect = ({ service, apiKey }) => {
  // As ours: the token stays in memory. `getAuth` would bring storage and pop-ups, and is larger.
  const auth = initializeAuth(initializeApp({ apiKey }), { persistence: inMemoryPersistence });
  // The one documented way to another address than Google's.
  connectAuthEmulator(auth, service, { disableWarnings: true });
  return async (email, password) => {
    const { user } = await signInWithEmailAndPassword(auth, email, password);
    return user.getIdToken();
  };
};
