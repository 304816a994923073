/** PostgreSQL refuses to run as root; as root we run it as the user that owns nothing. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const NOBODY = 65534;

/** Who runs PostgreSQL, as options of `child_process`; empty when it is ourselves. */
export interface PostgresUser {
  readonly uid?: number;
  readonly gid?: number;
}

export function ownUid(): number {
  return process.getuid?.() ?? 0;
}

/** The user that PostgreSQL runs as: ourselves, or nobody when we are root. */
export function postgresUser(): PostgresUser {
  return ownUid() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
}

/** What its commands see of the environment: nothing of ours, so that no bogus locale can hurt. */
export const POSTGRES_ENVIRONMENT = { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" } as const;

/** Runs a short command as that user and answers its standard output; rejects with what it wrote when it fails. */
export async function runAs(
  user: PostgresUser,
  command: string,
  args: readonly string[],
  options: { cwd: string; timeoutMs: number },
): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, {
    ...user,
    cwd: options.cwd,
    env: POSTGRES_ENVIRONMENT,
    timeout: options.timeoutMs,
    encoding: "utf8",
  });
  return stdout;
}

/** True when that user may enter the folder. Tried, not computed: modes are not all that decides. */
export async function canEnter(user: PostgresUser, folder: string): Promise<boolean> {
  try {
    await runAs(user, "/bin/sh", ["-c", 'cd -- "$1"', "sh", folder], { cwd: "/", timeoutMs: 5_000 });
    return true;
  } catch {
    return false;
  }
}
