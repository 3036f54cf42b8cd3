import { Cluster, type ClusterSpec } from './cluster.js';
import type { Servers } from './servers.js';

/** The service as it is shipped. */
export const shippedService = new URL('./service-process.js', import.meta.url).pathname;

/** Keeps the processes from trial to trial, as long as they are as the next one wants them. */
export class Clusters {
  #cluster: Cluster | null = null;
  #spec = '';

  constructor(
    private readonly servers: Servers,
    private readonly serviceFile: string,
  ) {}

  async as(spec: ClusterSpec): Promise<Cluster> {
    const wanted = JSON.stringify(spec);
    if (this.#cluster !== null && wanted === this.#spec) return this.#cluster;
    await this.discard();
    this.#cluster = await Cluster.start(this.servers, spec, this.serviceFile);
    this.#spec = wanted;
    return this.#cluster;
  }

  async discard(): Promise<void> {
    const cluster = this.#cluster;
    this.#cluster = null;
    await cluster?.stop();
  }
}
