import { createEngine } from "plimsoll";
import { contract } from "./suite.js";

contract("the calling thread of Node", createEngine);
