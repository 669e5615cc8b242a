import { terraformEnv } from '../support/terraform.ts';

/** A module whose apply makes one word and then goes on for as long as there is a file `closed` beside it. */
export const GATED_MODULE = `
resource "terraform_data" "word" {
  input = "one"
}

resource "terraform_data" "gate" {
  depends_on = [terraform_data.word]
  provisioner "local-exec" {
    command = "while [ -e closed ]; do sleep 0.05; done"
  }
}
`;

const { PATH: _path, HOME: _home, ...quiet } = terraformEnv();

/** What keeps a job's Terraform quiet, in an environment that is the job's own. */
export const QUIET: Readonly<Record<string, string>> = quiet;
