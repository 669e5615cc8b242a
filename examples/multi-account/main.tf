# The module in infra/ of multi-account.yml and instance-profile.yml. States and locks of all workspaces are in the
# administrative account; each workspace manages an account of its own.
terraform {
  backend "s3" {
    bucket         = "myorg-terraform-states"
    key            = "myapp/terraform.tfstate"
    region         = "us-east-1"
    dynamodb_table = "terraform-locks"
    encrypt        = true
  }
}

variable "workspace_accounts" {
  type = map(string)
  default = {
    staging    = "444455556666"
    production = "777788889999"
  }
}

provider "aws" {
  region              = "us-east-1"
  allowed_account_ids = [var.workspace_accounts[terraform.workspace]]

  # Delegation: whoever runs this only has to be let into the account of the workspace.
  assume_role {
    role_arn     = "arn:aws:iam::${var.workspace_accounts[terraform.workspace]}:role/Terraform"
    session_name = "terraform-${terraform.workspace}"
  }
}
