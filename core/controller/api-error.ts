// An error a client is told: Kafka's code and one sentence.

import { Errors, type ErrorCode } from "../errors.js";

export interface ApiError {
  readonly errorCode: ErrorCode;
  readonly errorMessage: string | null;
}

export const NO_ERROR: ApiError = { errorCode: Errors.NONE, errorMessage: null };

export function apiError(errorCode: ErrorCode, errorMessage: string | null = null): ApiError {
  return { errorCode, errorMessage };
}
