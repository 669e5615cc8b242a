/** The operation of the lock under which `finish` removes a state's items. Terraform shows it to whoever meets the lock. */
export const FINISH_OPERATION = 'migrate-finish';
