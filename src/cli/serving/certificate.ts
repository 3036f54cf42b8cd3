import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Logger } from 'pino';
import type { Certificate } from '../../api/http/server/server.js';
import { messageOf } from '../../waiting/message-of.js';
import { Refused } from '../refused.js';

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** How often the files are looked at, in ms: whatever renews them may replace them, or a link to them. */
const lookEveryMs = 5_000;

/** @throws {Refused} naming the variables, where the files are no certificate and its key */
export function readCertificate({ certFile, keyFile }: CertificateFiles): Certificate {
  const certificate = { cert: contentOf('TLS_CERT_FILE', certFile), key: contentOf('TLS_KEY_FILE', keyFile) };
  try {
    createSecureContext(certificate);
  } catch (error) {
    throw new Refused(
      `TLS_CERT_FILE is "${certFile}" and TLS_KEY_FILE "${keyFile}", which are no certificate and its key in PEM: ${messageOf(error)}`,
      { cause: error },
    );
  }
  return certificate;
}

function contentOf(name: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Refused(`${name} is "${file}", which cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/** Calls `renew` with each new certificate; one that is not whole yet is logged, and the one in use stays. Returns the end of it. */
export function watchCertificate(
  files: CertificateFiles,
  renew: (certificate: Certificate) => void,
  logger: Logger,
  everyMs = lookEveryMs,
): () => void {
  const changed = () => {
    try {
      renew(readCertificate(files));
      logger.info('the TLS certificate was renewed');
    } catch (error) {
      logger.warn({ err: error }, 'cannot use the new TLS certificate; the one in use stays');
    }
  };
  const paths = [files.certFile, files.keyFile];
  for (const path of paths) watchFile(path, { interval: everyMs, persistent: false }, changed);
  return () => {
    for (const path of paths) unwatchFile(path, changed);
  };
}
