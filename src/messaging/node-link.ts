/**
 * How one node asks another. It only carries: who owns what, and what to do when nobody answers, is the asker's
 * business. An answer that is lost leaves open whether the request was heard, so requests are ones that may be repeated.
 */
export interface NodeLink {
  /**
   * Answers the requests to an address, as many at once as come; each address has one server at a time.
   * A handler that rejects is an error in the kernel's codes at the asker's. Resolves once it listens.
   */
  serve(address: string, handle: (request: string) => Promise<string>): Promise<LinkServer>;
  /**
   * @param request a text of at most 900 kB
   * @throws StatewrightError `UNAVAILABLE` when nobody listens there or the wire is away, `DEADLINE_EXCEEDED` when no
   *   answer came in time, or what the handler threw
   */
  request(address: string, request: string, timeoutMs: number): Promise<string>;
}

export interface LinkServer {
  /** Takes no new requests, and resolves when those under way are answered. */
  close(): Promise<void>;
}
