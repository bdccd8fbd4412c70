/** Sign in by e-mail and password, or by the link that Mercer printed. */
import { Button, Loader, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { useRouter, useSearch } from "@tanstack/react-router";
import { useEffect, useState, type SyntheticEvent } from "react";
import { api, setCsrfToken, take, toApiError, type ApiError } from "../api/client";
import { queryClient, sessionQuery } from "../api/queries";
import type { Session } from "../api/types";
import { usePageTitle } from "../lib/hooks";
import { parseHref } from "../lib/urlState";
import { Logo } from "../ui/Logo";
import { ErrorState } from "../ui/States";

/** A link works once, so its request is made once, however often the page is drawn. */
const linkRequests = new Map<string, Promise<Session>>();

function signInByLink(token: string): Promise<Session> {
  const known = linkRequests.get(token);
  if (known) return known;
  const request = take(api.POST("/v1/session", { body: { link_token: token } }));
  linkRequests.set(token, request);
  return request;
}

export function SignIn() {
  usePageTitle("Sign in");
  const router = useRouter();
  const { token, next }: { token?: string; next?: string } = useSearch({ strict: false });
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const [linkFailed, setLinkFailed] = useState(false);
  const target = next !== undefined && parseHref(next) !== null ? next : "/";

  const enter = (session: Session) => {
    setCsrfToken(session.csrf_token);
    queryClient.clear();
    queryClient.setQueryData(sessionQuery.queryKey, session);
    router.history.replace(target);
  };

  useEffect(() => {
    if (token === undefined) return;
    let left = false;
    signInByLink(token).then(
      (session) => {
        if (!left) enter(session);
      },
      (reason: unknown) => {
        if (left) return;
        setLinkFailed(true);
        setError(toApiError(reason));
      },
    );
    return () => {
      left = true;
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- one attempt for one link
  }, [token]);

  const submit = async (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => {
      const value = form.get(name);
      return typeof value === "string" ? value : "";
    };
    setBusy(true);
    setError(null);
    try {
      enter(await take(api.POST("/v1/session", { body: { email: text("email"), password: text("password") } })));
    } catch (reason) {
      setError(toApiError(reason));
    } finally {
      setBusy(false);
    }
  };

  const waiting = token !== undefined && !linkFailed;
  return (
    <main className="sign-in">
      <Stack w="100%" maw={380} className="card" p="xl" gap="md">
        <Stack align="center" gap="xs">
          <Logo size={48} />
          <Title order={1}>Sign in to Mercer</Title>
        </Stack>
        {error && <ErrorState error={error} />}
        {waiting ? (
          <Stack align="center" py="md">
            <Loader aria-label="Signing in" />
            <Text size="sm">Signing in with your link…</Text>
          </Stack>
        ) : (
          <form onSubmit={(event) => void submit(event)}>
            <Stack>
              <TextInput
                name="email"
                type="email"
                label="E-mail address"
                autoComplete="username"
                required
                withAsterisk={false}
              />
              <PasswordInput
                name="password"
                label="Password"
                autoComplete="current-password"
                required
                withAsterisk={false}
                visibilityToggleButtonProps={{ "aria-label": "Show or hide the password" }}
              />
              <Button type="submit" loading={busy} fullWidth>
                Sign in
              </Button>
            </Stack>
          </form>
        )}
        <Text size="xs" c="dimmed">
          Running the demo? Open the sign-in link that <code>mercer demo</code> printed.
        </Text>
      </Stack>
    </main>
  );
}
