output "plan_role_arn" {
  description = "role_arn of jobs that plan: lock: none with plan_file."
  value       = aws_iam_role.plan.arn
}

output "apply_role_arn" {
  description = "role_arn of jobs that hold the state and apply."
  value       = aws_iam_role.apply.arn
}
