import TenonCore

/// What a storage's error document says: only its code and its message, never what it repeats of the request.
struct S3Failure: Sendable {
    var code = ""
    var message = ""
    /// The region that the bucket is in, where the error tells.
    var region: String?

    /// Whatever the body is: an error document, or none.
    init(_ body: [UInt8]) {
        guard let root = XMLReader.root(body), let error = root.name == "Error" ? root : root["Error"] else { return }
        code = S3Failure.shown(error["Code"]?.text ?? "")
        message = S3Failure.shown(error["Message"]?.text ?? "")
        region = error["Region"]?.text
    }

    /// `TransientFailure`, or the `TenonError` with what to do.
    func error(status: Int, action: String, location: S3Location, retryAfter: String?) -> any Error {
        let said = [code, message].filter { !$0.isEmpty }.joined(separator: ": ")
        let cause = said.isEmpty ? "the storage answered with status \(status)" : said
        let bucket = location.bucket
        func failure(_ code: TenonError.Code, _ hint: String? = nil) -> TenonError {
            TenonError(code, "can't \(action)", cause: cause, hint: hint)
        }
        switch code {
        case "SlowDown", "RequestTimeout", "InternalError", "ServiceUnavailable", "OperationAborted", "ConditionalRequestConflict", "Throttling",
            "ThrottlingException", "RequestLimitExceeded", "BadDigest", "XAmzContentSHA256Mismatch", "IncompleteBody":
            return transient(failure(.remote, "run the command again when the storage is less busy"), retryAfter)
        case "RequestTimeTooSkewed":
            return failure(.permission, "set this machine's clock: timedatectl set-ntp true")
        case "SignatureDoesNotMatch":
            return failure(.permission, "check the secret key, and the region and endpoint of the remote")
        case "InvalidAccessKeyId", "InvalidToken", "ExpiredToken", "UnrecognizedClientException", "InvalidClientTokenId":
            return failure(.permission, "renew the credentials: aws configure, or aws sso login")
        case "NoSuchBucket":
            return failure(.notFound, "create the bucket '\(bucket)', or check the remote's URL, region and endpoint")
        case "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "TemporaryRedirect":
            return failure(.invalidArgument, "give the bucket's region: tenon remote add NAME \(location) --region REGION")
        case "NotImplemented": return failure(.unsupported)
        case "QuotaExceeded", "InsufficientCapacity", "XMinioStorageFull":
            return failure(.noSpace, "free some space in the bucket, or raise its quota")
        case "EntityTooLarge": return failure(.unsupported, "raise the storage's limit on the size of one object")
        default: break
        }
        switch status {
        case 408, 425, 429, 500, 502, 503, 504: return transient(failure(.remote, "run the command again when the storage is less busy"), retryAfter)
        case 300..<400:
            return failure(.invalidArgument, "the storage sends us elsewhere, which is not followed: check the remote's region and endpoint")
        case 401, 403:
            return failure(
                .permission, "ask for s3:ListBucket on the bucket '\(bucket)', and s3:GetObject, s3:PutObject and s3:DeleteObject on what is in it")
        case 404: return failure(.notFound, "check the remote's URL, region and endpoint")
        case 501: return failure(.unsupported)
        case 507: return failure(.noSpace, "free some space in the bucket, or raise its quota")
        default: return failure(.remote)
        }
    }

    private func transient(_ error: TenonError, _ retryAfter: String?) -> TransientFailure {
        TransientFailure(error, isAnswer: true, delay: retryAfter.flatMap { Int($0) }.flatMap { $0 >= 0 && $0 <= 86_400 ? .seconds($0) : nil })
    }

    private static func shown(_ text: String) -> String {
        displayName(text.utf8.prefix(300))
    }
}
