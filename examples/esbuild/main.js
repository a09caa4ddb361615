import { run } from "./health.js";

const place = document.getElementById("health");
run().then(
  (text) => (place.textContent = text),
  (error) => (place.textContent = `failed: ${error.message}`),
);
