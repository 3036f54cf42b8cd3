import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { Flow, type FlowState } from './flow.js';

export type Direction = 'to server' | 'to client' | 'both';

interface Link {
  readonly sockets: readonly [client: Socket, server: Socket];
  readonly toServer: Flow;
  readonly toClient: Flow;
}

const pass: FlowState = { kind: 'pass' };

/** The network path from one process to one server: it can be cut, silenced or slowed down, one way or both. */
export class Relay {
  readonly #links = new Set<Link>();
  #toServer: FlowState = pass;
  #toClient: FlowState = pass;
  #isCut = false;

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async open(host: string, port: number): Promise<Relay> {
    const server = createServer({ pauseOnConnect: false });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const relay = new Relay(server, (server.address() as AddressInfo).port);
    server.on('connection', (client) => relay.#join(client, host, port));
    return relay;
  }

  /** Ends every connection, and refuses new ones until it is healed. */
  cut(): void {
    this.#isCut = true;
    this.cutOnce();
  }

  /** Ends every connection; new ones are taken. */
  cutOnce(): void {
    for (const { sockets } of this.#links) for (const socket of sockets) socket.destroy();
  }

  silence(direction: Direction): void {
    this.#set(direction, { kind: 'silent' });
  }

  slow(direction: Direction, ms: number): void {
    this.#set(direction, { kind: 'slow', ms });
  }

  /** Requests arrive; their answers do not. */
  dropAnswers(): void {
    this.#set('to client', { kind: 'drop' });
  }

  /** Everything passes again. What was held back is delivered late; connections that lost bytes are cut. */
  heal(): void {
    this.#isCut = false;
    for (const { sockets, toServer, toClient } of this.#links)
      if (toServer.isDamaged || toClient.isDamaged) for (const socket of sockets) socket.destroy();
    this.#set('both', pass);
  }

  async close(): Promise<void> {
    this.heal();
    this.cutOnce();
    this.server.close();
    await once(this.server, 'close');
  }

  #set(direction: Direction, state: FlowState): void {
    if (direction !== 'to client') this.#toServer = state;
    if (direction !== 'to server') this.#toClient = state;
    for (const { toServer, toClient } of this.#links) {
      toServer.set(this.#toServer);
      toClient.set(this.#toClient);
    }
  }

  #join(client: Socket, host: string, port: number): void {
    if (this.#isCut) return void client.destroy();
    const server = connect(port, host);
    for (const socket of [client, server]) socket.setNoDelay(true);
    const link: Link = {
      sockets: [client, server],
      toServer: new Flow(client, server, this.#toServer),
      toClient: new Flow(server, client, this.#toClient),
    };
    this.#links.add(link);
    const leave = () => {
      if (client.destroyed && server.destroyed) this.#links.delete(link);
    };
    client.on('close', leave);
    server.on('close', leave);
  }
}
