/** The script that a worker runs unless it is given another. Built as one file without imports, so that it may be copied anywhere. */
import { hostEngine } from "../worker/host.js";

hostEngine();
