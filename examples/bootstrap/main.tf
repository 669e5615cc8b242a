# The bucket of the states and the table of their locks.

locals {
  keys = [for workspace in var.workspaces : workspace == "default" ? var.key : "env:/${workspace}/${var.key}"]
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

module "policies" {
  source = "./policies"

  bucket         = var.bucket
  keys           = local.keys
  table          = var.table
  region         = var.region
  account        = data.aws_caller_identity.current.account_id
  partition      = data.aws_partition.current.partition
  repository     = var.repository
  repository_ids = var.repository_ids
  environment    = var.environment

  merge_queue_branches = var.merge_queue_branches
}

resource "aws_s3_bucket" "states" {
  bucket = var.bucket

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "states" {
  bucket = aws_s3_bucket.states.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "states" {
  bucket = aws_s3_bucket.states.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_public_access_block" "states" {
  bucket = aws_s3_bucket.states.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_policy" "states" {
  bucket = aws_s3_bucket.states.id
  policy = module.policies.bucket

  # Both change who may get at the bucket, and S3 refuses two such changes at once.
  depends_on = [aws_s3_bucket_public_access_block.states]
}

resource "aws_s3_bucket_lifecycle_configuration" "states" {
  bucket = aws_s3_bucket.states.id

  dynamic "rule" {
    for_each = module.policies.lifecycle

    content {
      id     = rule.key
      status = "Enabled"

      filter {
        prefix = rule.value.prefix
      }

      # What does not expire leaves delete markers behind when it is deleted; the last ones go with this.
      expiration {
        days                         = rule.value.expire
        expired_object_delete_marker = rule.value.expire == null ? true : null
      }

      noncurrent_version_expiration {
        noncurrent_days = rule.value.previous
      }
    }
  }

  # Rules for previous versions need these.
  depends_on = [aws_s3_bucket_versioning.states]
}

resource "aws_dynamodb_table" "locks" {
  name                        = var.table
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "LockID"
  deletion_protection_enabled = true

  attribute {
    name = "LockID"
    type = "S"
  }
}
