const { run } = require("./health.js");

run().then(console.log);
