/**
 * A filter as a tree. Every node knows where it begins in the text: UTF-16 units from 0.
 */
import type { FieldPath } from "../render/field-path.ts";

export const comparisons = ["=", "!=", "<", "<=", ">", ">="] as const;
export type Comparison = (typeof comparisons)[number];

export const functionNames = ["lower", "length"] as const;
export type FunctionName = (typeof functionNames)[number];

export interface LiteralNode {
  readonly kind: "literal";
  readonly at: number;
  /** A whole number that a double cannot hold is a bigint. */
  readonly value: string | number | bigint | boolean | null;
}

export type Operand =
  | LiteralNode
  | { readonly kind: "field"; readonly at: number; readonly path: FieldPath; readonly text: string }
  /** Nanoseconds since the epoch. */
  | { readonly kind: "timestamp"; readonly at: number; readonly nanos: bigint }
  | { readonly kind: "list"; readonly at: number; readonly items: readonly Operand[] }
  | { readonly kind: "call"; readonly at: number; readonly name: FunctionName; readonly argument: Operand };

/** `at` of a test with an operator is that of the operator. */
export type Expression =
  | { readonly kind: "and" | "or"; readonly at: number; readonly children: readonly Expression[] }
  | { readonly kind: "not"; readonly at: number; readonly child: Expression }
  /** An operand by itself: a boolean field. */
  | { readonly kind: "truth"; readonly at: number; readonly operand: Operand }
  | { readonly kind: "is-null"; readonly at: number; readonly operand: Operand }
  | {
      readonly kind: "compare";
      readonly at: number;
      readonly operator: Comparison;
      readonly left: Operand;
      readonly right: Operand;
    }
  | {
      readonly kind: "in" | "contains" | "matches";
      readonly at: number;
      readonly left: Operand;
      readonly right: Operand;
    };
