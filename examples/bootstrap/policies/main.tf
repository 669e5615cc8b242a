# What the bucket and the two roles allow, as data: no provider is needed, so that a plan of this module alone shows it.
# The policies are those that `npm run policy -- --use-lockfile --dynamodb-table NAME --for plan|apply` prints.

variable "bucket" {
  type = string
}

variable "keys" {
  description = "Keys of the state objects, one for each workspace."
  type        = list(string)
}

variable "table" {
  type = string
}

variable "region" {
  type = string
}

variable "account" {
  type = string
}

variable "partition" {
  type    = string
  default = "aws"
}

variable "repository" {
  type = string
}

variable "repository_ids" {
  type    = object({ owner = string, repository = string })
  default = null
}

variable "environment" {
  type = string
}

variable "merge_queue_branches" {
  description = "Branches whose merge queues plan."
  type        = list(string)
  default     = []
}

locals {
  bucket_arn = "arn:${var.partition}:s3:::${var.bucket}"
  table_arn  = "arn:${var.partition}:dynamodb:${var.region}:${var.account}:table/${var.table}"
  objects    = [for key in var.keys : "${local.bucket_arn}/${key}"]
  digests    = [for key in var.keys : "${var.bucket}/${key}-md5"]
  locks      = [for key in var.keys : "${var.bucket}/${key}"]
  queues     = [for key in var.keys : "queue:${var.bucket}/${key}"]
  issuer     = "token.actions.githubusercontent.com"

  # Without it S3 answers 403 and not 404 for a state that does not exist yet.
  missing_object = {
    Sid      = "MissingObject"
    Effect   = "Allow"
    Action   = ["s3:ListBucket"]
    Resource = [local.bucket_arn]
  }

  plan = [
    {
      Sid      = "State"
      Effect   = "Allow"
      Action   = ["s3:GetObject"]
      Resource = local.objects
    },
    {
      Sid      = "Plans"
      Effect   = "Allow"
      Action   = ["s3:GetObject"]
      Resource = [for object in local.objects : "${object}.plans/*"]
    },
    {
      Sid       = "NewPlans"
      Effect    = "Allow"
      Action    = ["s3:PutObject"]
      Resource  = [for object in local.objects : "${object}.plans/*"]
      Condition = { Null = { "s3:if-none-match" = "false" } }
    },
    local.missing_object,
    {
      Sid       = "Table"
      Effect    = "Allow"
      Action    = ["dynamodb:GetItem"]
      Resource  = [local.table_arn]
      Condition = { "ForAllValues:StringEquals" = { "dynamodb:LeadingKeys" = local.digests } }
    },
  ]

  apply = [
    {
      Sid      = "State"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject"]
      Resource = flatten([for object in local.objects : [object, "${object}.rescue/*"]])
    },
    {
      Sid      = "Plans"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:DeleteObject"]
      Resource = [for object in local.objects : "${object}.plans/*"]
    },
    {
      Sid      = "Snapshots"
      Effect   = "Allow"
      Action   = ["s3:PutObject", "s3:DeleteObject"]
      Resource = [for object in local.objects : "${object}.backup/*"]
    },
    {
      Sid      = "LockFile"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
      Resource = [for object in local.objects : "${object}.tflock"]
    },
    local.missing_object,
    {
      Sid       = "Table"
      Effect    = "Allow"
      Action    = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"]
      Resource  = [local.table_arn]
      Condition = { "ForAllValues:StringEquals" = { "dynamodb:LeadingKeys" = concat(local.locks, local.digests) } }
    },
    {
      Sid       = "Queue"
      Effect    = "Allow"
      Action    = ["dynamodb:UpdateItem", "dynamodb:DeleteItem"]
      Resource  = [local.table_arn]
      Condition = { "ForAllValues:StringEquals" = { "dynamodb:LeadingKeys" = local.queues } }
    },
  ]

  # GitHub names a repository alone, or with the ids that stay when somebody else takes the name.
  by_id = var.repository_ids == null ? [] : [format("%s@%s/%s@%s",
    split("/", var.repository)[0], var.repository_ids.owner,
    split("/", var.repository)[1], var.repository_ids.repository,
  )]
  repositories = concat([var.repository], local.by_id)

  # Who may assume each role, by the operator that compares the subjects. Only jobs of the environment apply, so its reviewers decide.
  # Whoever may push to the repository can open a pull request, or push a branch that is named like a merge queue's. So neither subject
  # proves that anybody has reviewed the code.
  contexts = {
    plan = {
      StringEquals = ["pull_request"]
      StringLike   = [for branch in var.merge_queue_branches : "ref:refs/heads/gh-readonly-queue/${branch}/*"]
    }
    apply = {
      StringEquals = ["environment:${var.environment}"]
    }
  }
  subjects = { for role, operators in local.contexts : role => { for operator, contexts in operators : operator => flatten([
    for context in contexts : [for repository in local.repositories : "repo:${repository}:${context}"]
  ]) } }
}

output "plan" {
  value = jsonencode({ Version = "2012-10-17", Statement = local.plan })
}

output "apply" {
  value = jsonencode({ Version = "2012-10-17", Statement = local.apply })
}

output "trust" {
  description = "Trust policies of the roles."
  value = { for role, operators in local.subjects : role => jsonencode({
    Version = "2012-10-17"
    Statement = [for operator, subjects in operators : {
      Effect    = "Allow"
      Principal = { Federated = "arn:${var.partition}:iam::${var.account}:oidc-provider/${local.issuer}" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = { (operator) = {
        "${local.issuer}:aud" = "sts.amazonaws.com"
        "${local.issuer}:sub" = subjects
      } }
    } if length(subjects) > 0]
  }) }
}

output "bucket" {
  description = "Policy of the bucket: nothing but TLS gets in."
  value = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [local.bucket_arn, "${local.bucket_arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}

output "lifecycle" {
  description = <<-EOT
    Lifecycle rules by their id: what is removed how many days after it was written (expire), and how many after something else took its
    place (previous). Versions of the state itself stay a year. S3 knows an object by how its key begins, so each state has rules of its own.
  EOT
  value = merge([for i, key in var.keys : {
    "${i}-lock-file"     = { prefix = "${key}.tflock", expire = null, previous = 1 }
    "${i}-plans"         = { prefix = "${key}.plans/", expire = 14, previous = 1 }
    "${i}-snapshots"     = { prefix = "${key}.backup/", expire = 365, previous = 1 }
    "${i}-rescue-copies" = { prefix = "${key}.rescue/", expire = 90, previous = 30 }
    "${i}-states"        = { prefix = key, expire = null, previous = 365 }
  }]...)
}
