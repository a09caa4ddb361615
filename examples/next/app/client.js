"use client";

import { useEffect, useState } from "react";
import { run } from "./health.js";

export function Health() {
  const [text, setText] = useState("…");
  useEffect(() => {
    run().then(setText, (error) => setText(`failed: ${error.message}`));
  }, []);
  return <p id="health">{text}</p>;
}
