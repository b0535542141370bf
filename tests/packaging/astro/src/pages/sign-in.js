import { walk } from "../../walk.js";

export const prerender = false;

export const GET = async ({ url }) => new Response(await walk(url.search));
