"""The page comes from a private bucket under headers that leave no room, and its accounts are ours to give."""

import json

from tests.unit.infrastructure import stack

YEAR_S = 365 * 24 * 3600


def headers() -> stack.Tree:
    return stack.resources("AWS::CloudFront::ResponseHeadersPolicy")["SiteHeaders"]["ResponseHeadersPolicyConfig"]


def policy() -> dict[str, list[str]]:
    """Read the content security policy: directive -> sources."""
    text, _ = headers()["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"]
    directives = (part.split() for part in text.split(";"))
    return {name: sources for name, *sources in directives}


def test_the_content_security_policy_allows_only_our_own_files_and_the_api() -> None:
    directives = policy()
    connect = directives.pop("connect-src")
    assert directives == {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "form-action": ["'none'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
    assert connect == ["'self'", "https://${HttpApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}", "${Login}"]


def test_the_page_may_log_in_at_cognito_or_where_the_issuer_says() -> None:
    _, names = headers()["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"]
    cognito = {"Fn::Sub": "https://cognito-idp.${AWS::Region}.amazonaws.com"}
    assert names == {"Login": {"Fn::If": ["UsesCognito", cognito, {"Ref": "AuthUrl"}]}}


def test_the_other_security_headers_are_sent_too() -> None:
    security = headers()["SecurityHeadersConfig"]
    assert all(each["Override"] for each in security.values())
    assert security.keys() >= {"ContentTypeOptions", "StrictTransportSecurity"}
    assert security["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= YEAR_S
    assert security["FrameOptions"]["FrameOption"] == "DENY"
    assert security["ReferrerPolicy"]["ReferrerPolicy"] == "no-referrer"
    assert "Permissions-Policy" in {item["Header"] for item in headers()["CustomHeadersConfig"]["Items"]}


def test_the_distribution_sends_the_headers_over_tls_from_the_bucket() -> None:
    config = stack.resources("AWS::CloudFront::Distribution")["SiteDistribution"]["DistributionConfig"]
    behaviour, (origin,) = config["DefaultCacheBehavior"], config["Origins"]
    assert behaviour["ResponseHeadersPolicyId"] == {"Ref": "SiteHeaders"}
    assert behaviour["ViewerProtocolPolicy"] == "redirect-to-https"
    assert origin["OriginAccessControlId"] == {"Fn::GetAtt": ["SiteAccess", "Id"]}


def test_the_bucket_is_private_and_only_our_distribution_reads_it() -> None:
    block = stack.resources("AWS::S3::Bucket")["SiteBucket"]["PublicAccessBlockConfiguration"]
    assert list(block.values()) == [True] * 4
    allow, deny = stack.resources("AWS::S3::BucketPolicy")["SiteBucketPolicy"]["PolicyDocument"]["Statement"]
    assert allow["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert allow["Action"] == "s3:GetObject"
    assert "${SiteDistribution}" in allow["Condition"]["StringEquals"]["AWS:SourceArn"]["Fn::Sub"]
    assert deny["Effect"] == "Deny"


def test_the_user_pool_has_the_three_groups_and_lets_nobody_sign_up() -> None:
    groups = stack.resources("AWS::Cognito::UserPoolGroup").values()
    assert {own["GroupName"] for own in groups} == {"viewer", "operator", "admin"}
    assert stack.resources("AWS::Cognito::UserPool")["UserPool"]["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"]


def test_the_pages_client_logs_in_by_password_and_holds_no_secret() -> None:
    client = stack.resources("AWS::Cognito::UserPoolClient")["UserPoolClient"]
    assert client["GenerateSecret"] is False
    assert set(client["ExplicitAuthFlows"]) == {"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}
    assert client["PreventUserExistenceErrors"] == "ENABLED"


def test_no_account_of_ours_is_made_when_an_issuer_is_given() -> None:
    kinds = "AWS::Cognito::"
    ours = [each for each in stack.template()["Resources"].values() if each["Type"].startswith(kinds)]
    assert len(ours) == 5
    assert {each["Condition"] for each in ours} == {"UsesCognito"}


def test_losing_the_stack_loses_neither_accounts_nor_page() -> None:
    kept = stack.template()["Resources"]
    assert {kept[name]["DeletionPolicy"] for name in ("UserPool", "SiteBucket")} == {"Retain"}


def test_the_outputs_hold_the_pages_configuration() -> None:
    text, _ = stack.template()["Outputs"]["SiteConfig"]["Value"]["Fn::Sub"]
    assert json.loads(text).keys() == {"api", "issuer", "client_id", "auth_url"}
