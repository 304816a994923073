import { readFileSync } from "node:fs";
import postgres from "postgres";
import type { ReadModels } from "../../src/store/read-models.ts";
import { startEmbeddedPostgres } from "../../src/store/embedded/embedded-postgres.ts";
import { removeTemporaryFolders, temporaryFolder } from "./temporary-folder.ts";

export async function startReadModels(): Promise<ReadModels & { close(): Promise<void> }> {
  const pg = await startEmbeddedPostgres({ dataFolder: `${temporaryFolder()}/data`, fresh: true });
  const sql = postgres(pg.url, { max: 10, onnotice() {} });
  const on = (s: any) => ({ query: async (q: string, p: readonly any[] = []) => await s.unsafe(q, p as any) as any });
  await sql.unsafe("create table checkpoints (reader text primary key, position bigint not null)");
  for (const f of ["0100_order_summaries", "0101_product_summaries", "0110_demo_provider"]) {
    await sql.unsafe(readFileSync(`migrations/${f}.sql`, "utf8").split("-- migrate:down")[0]!);
  }
  return {
    ...on(sql),
    async advance(reader, work) {
      return await sql.begin(async (t) => {
        await t`insert into checkpoints values (${reader}, 0) on conflict do nothing`;
        const [row] = await t`select position from checkpoints where reader = ${reader} for update`;
        const next = await work(on(t), Number(row!["position"]));
        await t`update checkpoints set position = ${next} where reader = ${reader}`;
        return next;
      }) as number;
    },
    async checkpoint(reader) { const [r] = await sql`select position from checkpoints where reader = ${reader}`; return Number(r?.["position"] ?? 0); },
    async close() { await sql.end(); await pg.stop(); removeTemporaryFolders(); },
  };
}
