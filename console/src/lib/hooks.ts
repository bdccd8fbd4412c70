/** Small hooks that several pages share. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { statusQuery } from "../api/queries";
import type { Status } from "../api/types";
import { withFilters, type Search } from "./urlState";

/** The zone in which the shop's instants are shown; UTC until the server said which. */
export function useTimeZone(): string {
  return useQuery(statusQuery).data?.time_zone ?? "UTC";
}

export function useStatus(): Status | undefined {
  return useQuery(statusQuery).data;
}

/** The address's filters and a way to change some of them (which starts the list at its first page). */
export function useFilters(): [Search, (changes: Search) => void] {
  const search: Search = useSearch({ strict: false });
  const navigate = useNavigate();
  const change = (changes: Search) => {
    void navigate({ to: ".", search: withFilters(search, changes), replace: true, resetScroll: false });
  };
  return [search, change];
}

/** Puts the page's name into the browser's title. */
export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} – Mercer`;
  }, [title]);
}
