/**
 * All browser tests in one process, one after the other: they share a browser and one session. Pages come first, because
 * flows change data.
 */
import { after } from "node:test";
import "./pages.mjs";
import "./offers.mjs";
import "./flows.mjs";
import { closeAll } from "./support.mjs";

after(closeAll);
