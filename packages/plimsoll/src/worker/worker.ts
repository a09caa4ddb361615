/** The script that a worker runs unless it is given another. */
import { hostEngine } from "./host.js";

hostEngine();
