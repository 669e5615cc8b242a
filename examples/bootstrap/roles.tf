# GitHub's identity provider, and a role for each kind of job.

resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]

  # AWS trusts GitHub by its certificate authority and never looks at this, but older provider versions require it.
  thumbprint_list = ["6938fd4d98bab03faadb97b34396831e3780aea1"]
}

resource "aws_iam_role" "plan" {
  name               = "${var.name}-plan"
  assume_role_policy = module.policies.trust.plan
}

resource "aws_iam_role_policy" "plan" {
  name   = "state"
  role   = aws_iam_role.plan.id
  policy = module.policies.plan
}

resource "aws_iam_role" "apply" {
  name               = "${var.name}-apply"
  assume_role_policy = module.policies.trust.apply
}

resource "aws_iam_role_policy" "apply" {
  name   = "state"
  role   = aws_iam_role.apply.id
  policy = module.policies.apply
}
