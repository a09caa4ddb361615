import { firstResult, timed } from "./timed.cjs";

timed(async () => firstResult(await import("plimsoll")));
