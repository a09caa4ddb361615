import { Health } from "./client.js";
import { run } from "./health.js";

export const dynamic = "force-dynamic";

export default async function Page() {
  return (
    <>
      <p id="server">{await run()}</p>
      <Health />
    </>
  );
}
