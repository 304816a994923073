/** What runs here, for whoever has to know whether all nodes are alike. */
export interface Version {
  readonly version: string;
  /** `node 24.21.0`, `deno 2.9.5` */
  readonly runtime: string;
  /** This node's name. */
  readonly node: string;
  readonly store: string;
  readonly bus: string;
  /** The machines that run here; an identity changes with every byte of its machine. */
  readonly machines: readonly { readonly type: string; readonly identity: string }[];
}
