import { timed } from "./timed.cjs";

timed(() => import("./nothing.mjs"));
