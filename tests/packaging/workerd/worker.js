import { walk } from "./walk.js";

export default {
  async fetch(request) {
    return new Response(await walk(new URL(request.url).search));
  },
};
