import { terraformEnv } from '../support/terraform.ts';

/** A module whose apply makes one word and then runs while a file `closed` exists beside it. */
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

/** The variables that keep Terraform quiet in the job's own environment. */
export const QUIET: Readonly<Record<string, string>> = quiet;
