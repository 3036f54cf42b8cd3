import { BlockList, isIP, isIPv6 } from 'node:net';

/** What is known of where a request came from. */
export interface RequestSource {
  /** The other end of the connection. */
  readonly peer: string | undefined;
  readonly forwardedFor: string | undefined;
}

/** An address, or a network like `10.0.0.0/8`. */
export function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

/**
 * Reads the address of a client. `X-Forwarded-For` is believed as far as trusted proxies wrote it: from its end, up to the first
 * address that is none of theirs. An IPv6 address stands for its /64, which one household has.
 * @param proxies addresses and networks
 */
export function addressReader(proxies: readonly string[]): (source: RequestSource) => string {
  const trusted = new BlockList();
  for (const proxy of proxies) {
    const [address = '', bits] = proxy.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    trusted.addSubnet(address, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  const isTrusted = remembered(
    (address) => isIP(address) !== 0 && trusted.check(address, isIPv6(address) ? 'ipv6' : 'ipv4'),
  );
  return ({ peer = '', forwardedFor }) => {
    let client = plain(peer);
    if (proxies.length === 0 || forwardedFor === undefined) return household(client);
    for (const hop of forwardedFor.split(',').reverse()) {
      const before = plain(hop.trim());
      if (!isTrusted(client) || isIP(before) === 0) break;
      client = before;
    }
    return household(client);
  };
}

const mostRemembered = 1_000;

/** Most addresses that are checked are those of proxies, and these are few. */
function remembered(check: (address: string) => boolean): (address: string) => boolean {
  const known = new Map<string, boolean>();
  return (address) => {
    const answer = known.get(address) ?? check(address);
    if (known.size >= mostRemembered) known.clear();
    known.set(address, answer);
    return answer;
  };
}

/** Without the prefix of IPv4 in IPv6, and without a zone. */
const plain = (address: string): string =>
  address.includes(':') ? address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '') : address;

function household(address: string): string {
  if (!address.includes(':') || !isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    // An IPv4 address at the end stands for two groups.
    const after = tail === '' ? 0 : tail.split(':').length + (tail.includes('.') ? 1 : 0);
    while (groups.length + after < 8) groups.push('0');
  }
  const network = [...groups, ...(tail ?? '').split(':')].slice(0, 4);
  return `${network.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
