variable "bucket" {
  description = "Name of the bucket to make."
  type        = string
}

variable "key" {
  description = "Key of the state, as the backend block has it."
  type        = string
}

variable "workspaces" {
  description = "Workspaces that the roles may use."
  type        = list(string)
  default     = ["default"]
}

variable "table" {
  description = "Name of the lock table to make."
  type        = string
  default     = "terraform-locks"
}

variable "region" {
  type = string
}

variable "repository" {
  description = "OWNER/REPO whose jobs take the roles."
  type        = string
}

variable "repository_ids" {
  description = "Ids of its owner and of itself, for repositories whose tokens have them: those created since mid-2026."
  type        = object({ owner = string, repository = string })
  default     = null
}

variable "environment" {
  description = "GitHub environment of the jobs that apply."
  type        = string
  default     = "production"
}

variable "merge_queue_branches" {
  description = "Branches with a merge queue whose jobs plan, such as [\"main\"]."
  type        = list(string)
  default     = []
}

variable "name" {
  description = "What the names of the roles begin with."
  type        = string
  default     = "terraform"
}
