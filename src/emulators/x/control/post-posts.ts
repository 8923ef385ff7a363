/**
 * `POST /posts`: one post, or a list of them, played at once to whoever listens.
 */
import type { Exchange, Reply } from "../exchange.ts";
import { readJsonBody } from "../exchange.ts";
import type { HandedOn } from "../fan-out.ts";
import type { PlayedPost } from "../played-post.ts";
import { createInjectedPost, type PostStamp } from "./create-injected-post.ts";
import { refuse } from "./refuse.ts";

export interface PostDesk {
  readonly stamp: () => PostStamp;
  readonly inject: (post: PlayedPost) => readonly HandedOn[];
}

export async function postPosts(desk: PostDesk, { request }: Pick<Exchange, "request">): Promise<Reply> {
  const body = await readJsonBody(request);
  if (body.kind === "refused") return body;
  const wanted: readonly unknown[] = Array.isArray(body.value) ? body.value : [body.value];
  if (wanted.length === 0) return refuse("the list holds no post");
  const posts: PlayedPost[] = [];
  for (const [number, given] of wanted.entries()) {
    const post = createInjectedPost(given, desk.stamp());
    if (typeof post === "string") return refuse(wanted.length === 1 ? post : `post ${number + 1}: ${post}`);
    posts.push(post);
  }
  // All of them are good: none is played when one is not.
  const data = posts.map((post) => ({ id: post.id, matched: desk.inject(post) }));
  return { status: 201, body: { data: Array.isArray(body.value) ? data : data[0] } };
}
