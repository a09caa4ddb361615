const { firstResult, timed } = require("./timed.cjs");

timed(() => firstResult(require("plimsoll")));
