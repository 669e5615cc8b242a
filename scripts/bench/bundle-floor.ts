import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

/** Bundles a script of this folder with what it uses of the SDK, into an empty folder. Returns the path of the program. */
export async function bundleFloor(script: string, folder: string): Promise<string> {
  const bundle = await rolldown({
    input: join(import.meta.dirname, script),
    platform: 'node',
    resolve: { mainFields: ['module', 'main'] },
  });
  await bundle.write({ dir: folder, format: 'esm', entryFileNames: 'floor.js' });
  await bundle.close();
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  return join(folder, 'floor.js');
}
