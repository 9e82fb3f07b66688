"""What `fast` counts of a show while it is on: the viewers of each minute and who looked at which goods. A few rows a minute."""

from __future__ import annotations

# Every process writes the most of all processes together, and those who came through itself.
SEEN = """
insert into places_viewersat (show_id, minute, most, came)
values (%s, date_trunc('minute', %s::timestamptz), %s, %s)
on conflict (show_id, minute) do update set
  most = greatest(places_viewersat.most, excluded.most), came = places_viewersat.came + excluded.came
"""
VIEWED = """
insert into places_segmentseen (segment_id, views)
select g.id, w.views from unnest(%s::uuid[], %s::bigint[]) as w (id, views)
join places_segment g on g.id = w.id and g.show_id = %s order by g.id
on conflict (segment_id) do update set views = places_segmentseen.views + excluded.views
"""
