import { walk } from "../../walk.js";

export const runtime = "edge";

export async function GET(request) {
  return new Response(await walk(request.nextUrl.search));
}
