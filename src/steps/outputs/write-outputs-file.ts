import { explainNotWritten, fileLine, notInFileNotice } from '../../messages/outputs-file-text.ts';
import type { Job } from '../../runner/job.ts';
import type { Runner } from '../../runner/runner.ts';
import { toMessage } from '../../text/error-message.ts';
import { writePrivateFile } from '../../workspace-files/write-private-file.ts';
import { type FileInputs, listRoots } from './file-inputs.ts';
import { OutputsRefused } from './refusal.ts';
import type { RenderedFile } from './render-file.ts';

/** Writes the file and replaces an existing one. Errors: OutputsRefused `outputs_file_not_written`. */
export async function writeOutputsFile(
  { runner }: { readonly runner: Pick<Runner, 'info' | 'notice'> },
  job: Job,
  { path }: FileInputs,
  { text, left }: RenderedFile,
  count: number,
): Promise<void> {
  try {
    await writePrivateFile(path, listRoots(job), text);
  } catch (error) {
    const why = toMessage(error);
    throw new OutputsRefused('outputs_file_not_written', explainNotWritten(path, why), error);
  }
  runner.info(fileLine(path, count - left.length));
  if (left.length > 0) runner.notice(notInFileNotice(left));
}
