import * as tuned from 'cdk8s-tuned';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'fs';
import { createRequire } from 'module';
import { tmpdir } from 'os';
import { join } from 'path';
import ts from 'typescript';
import type { Snippet } from './snippets';

/** Runs a snippet as a program of a user would run; its manifests by file. */
export function runSnippet({ source }: Pick<Snippet, 'source'>): Map<string, string> {
  const outdir = mkdtempSync(join(tmpdir(), 'cdk8s-tuned-snippet-'));
  const before = process.env.CDK8S_OUTDIR;
  const cwd = process.cwd();
  process.env.CDK8S_OUTDIR = outdir;
  // Manifests that programs include.
  process.chdir(join(__dirname, 'files'));
  try {
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: {
        module: ts.ModuleKind.CommonJS,
        target: ts.ScriptTarget.ES2022,
        esModuleInterop: true,
      },
    });
    const fromHere = createRequire(__filename);
    const load = (name: string): unknown =>
      name === 'cdk8s-tuned' ? tuned : jest.requireActual(fromHere.resolve(name));
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the text is our own documentation
    new Function('require', 'exports', outputText)(load, {});
    const files = readdirSync(outdir, { recursive: true, encoding: 'utf8' });
    return new Map(
      files
        .filter((path) => path.endsWith('.k8s.yaml'))
        .map((path) => [path, readFileSync(join(outdir, path), 'utf8')]),
    );
  } finally {
    process.chdir(cwd);
    if (before === undefined) delete process.env.CDK8S_OUTDIR;
    else process.env.CDK8S_OUTDIR = before;
    rmSync(outdir, { recursive: true, force: true });
  }
}
