/** A server that speaks S3 on loopback: it checks signatures, and keeps objects as files. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'fs';
import { connect } from 'net';
import { join } from 'path';
import { ROOT } from '../project/snippets';
import { freePort, type Scratch, type Server, startServer, until } from './harness';

const PACKAGES = join(ROOT, 'node_modules/.cache/object-store');
export const BUCKET = 'backups';
/** The one account that it knows. */
export const KEYS = { ACCESS_KEY_ID: 'S3RVER', ACCESS_SECRET_KEY: 'S3RVER' };

export class ObjectStore {
  static async start(scratch: Scratch): Promise<ObjectStore> {
    const port = await freePort();
    const directory = scratch.directory(`objects-${port}`);
    const script = join(__dirname, 'object-store/serve.mjs');
    const server = startServer(process.execPath, [script, PACKAGES, `${port}`, directory, BUCKET], {
      log: join(scratch.path, `object-store-${port}.log`),
      // The packages may lie in a home that is closed to others.
      asRoot: true,
    });
    await until('the object store', () => server.log().includes('ready') && answers(port), server);
    return new ObjectStore(port, directory, server);
  }

  private constructor(
    readonly port: number,
    private readonly directory: string,
    private readonly server: Server,
  ) {}

  /** Names of the objects below a folder. */
  objects(folder: string): string[] {
    return this.files(folder)
      .map((file) => /^(.*)\._S3rver_object$/.exec(file)?.[1])
      .filter((name): name is string => name !== undefined)
      .sort();
  }

  /** Changes one byte in the middle of an object. */
  damage(path: string): void {
    damageFile(join(this.directory, BUCKET, `${path}._S3rver_object`));
  }

  stop(): Promise<unknown> {
    return this.server.stop('SIGKILL');
  }

  private files(folder: string): string[] {
    const root = join(this.directory, BUCKET, folder);
    try {
      return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((one) =>
        statSync(join(root, one)).isFile(),
      );
    } catch {
      return [];
    }
  }
}

/** Changes one byte in the middle of a file. */
export function damageFile(path: string): void {
  const bytes = readFileSync(path);
  bytes[Math.floor(bytes.length / 2)] ^= 0xff;
  writeFileSync(path, bytes);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
