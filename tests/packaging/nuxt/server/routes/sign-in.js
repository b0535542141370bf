import { walk } from "../../walk.js";

export default defineEventHandler((event) => walk(getRequestURL(event).search));
