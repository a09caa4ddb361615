/** What a person can put right; shown as one line without a stack. */
export class SetupError extends Error {
  name = "SetupError";
}

const CAUSES = [
  {
    pattern: /no space left on device|ENOSPC|not enough space|disk quota exceeded|EDQUOT/i,
    say: (what) => `no disk space left while ${what}: free some, then run this again`,
  },
  {
    pattern: /read-only file system|EROFS|permission denied|EACCES/i,
    say: (what) => `not allowed to write while ${what}: check the folder's owner and rights, then run this again`,
  },
  {
    pattern: /linker `[^`]+` not found|link\.exe.* not found/i,
    say: (what) => `no C linker, which Rust needs, while ${what}: install gcc or clang (Debian: build-essential)`,
  },
  {
    pattern:
      /resolve host|name resolution|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT|could not connect|couldn't connect|connection refused|network is unreachable|network (request|failure|error)|failed to download|could not download|download of .* failed|ERR_PNPM_(META_)?FETCH|ERR_PNPM_NO_OFFLINE/i,
    say: (what) => `no network while ${what}: connect (or set the proxy), then run this again`,
  },
];

/** The sentence for an environment's fault that the output of a failed step shows, or null where it shows none. */
export function environmentFault(output, what) {
  const cause = CAUSES.find(({ pattern }) => pattern.test(output));
  return cause === undefined ? null : cause.say(what);
}
