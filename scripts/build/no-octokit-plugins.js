// Stands for the plugins of @actions/github in the bundle: src/github sends requests by their routes and GraphQL, and
// uses neither the method of each route nor the paging, which are a twentieth of what a job would download.
const none = () => ({});

export const restEndpointMethods = none;
export const paginateRest = none;
